// The focus when a dialog or a panel opens and when it closes. Quasar gives it to the dialog as a
// whole, and loses it when Python removes the dialog.
import { find } from "../dom.js";
import { on } from "../../realtime/connection.js";

const CONTROL = ":is(input:not([type=hidden]), select, textarea, button, a[href], summary)";
const entered = new WeakSet(); // dialogs that have had the focus
let opener; // what had the focus last outside of them
let open = {}; // the dialog, and the panel beside a room, that are open

document.addEventListener("focusin", ({ target }) => {
  const dialog = target.closest(".q-dialog")?.querySelector(".dialog");
  if (dialog && !entered.has(dialog)) enter(dialog, target);
  if (!dialog && !target.closest(".panel")) opener = target;
});

function enter(dialog, focused) {
  entered.add(dialog);
  // On a touch screen a field would open the keyboard.
  if (dialog.contains(focused) || !matchMedia("(hover: hover)").matches) return;
  const [first] = dialog.querySelectorAll(`:scope > :not(.dialog-head) ${CONTROL}, :scope > ${CONTROL}`);
  (first ?? dialog.querySelector(CONTROL)).focus();
}

on("drawn", () => {
  const before = open;
  const panel = document.querySelector(".panel");
  open = { dialog: document.querySelector(".q-dialog"), panel };
  if (panel && panel !== before.panel && matchMedia("(hover: hover)").matches) {
    (panel.querySelector(`.panel-body ${CONTROL}`) ?? find("close-panel")).focus();
  }
  const isClosed = Object.keys(before).some((kind) => before[kind] && !open[kind]);
  if (isClosed && document.activeElement === document.body) goBack();
});

document.addEventListener("keydown", ({ key, target }) => {
  if (key === "Escape" && (target === document.body || target.closest?.(".panel"))) {
    find("close-panel")?.click();
  }
});

function goBack() { // or to what is around the opener: the entry of a menu is hidden by then
  const popover = opener?.closest("[popover]");
  const places = [
    opener, popover && document.querySelector(`[popovertarget="${popover.id}"]`),
    opener?.closest(".message"), find("composer"), document.querySelector("main"),
  ];
  places.find((place) => place?.checkVisibility({ visibilityProperty: true }))?.focus();
}
