// Arrow keys in a group of radio buttons (ARIA Authoring Practices, Radio Group Pattern). They move the
// focus alone, as in a toolbar: what is chosen is sent at once, and is seen by others.
const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

document.addEventListener("keydown", (event) => {
  const group = event.target.closest?.('[role="radiogroup"]');
  const step = STEPS[event.key];
  if (!group || !step || event.altKey) return;
  const options = [...group.querySelectorAll('[role="radio"]')];
  event.preventDefault();
  options.at((options.indexOf(event.target) + step) % options.length).focus();
});
