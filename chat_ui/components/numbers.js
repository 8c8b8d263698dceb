// Numbers as the reader's language writes them: १२,३४५ in Marathi. Python writes those that it draws for
// one reader (`number` in i18n.py); messages are drawn once for all, and their numbers are written here.
const { lang } = document.documentElement;
const whole = new Intl.NumberFormat(lang);
const rounded = new Intl.NumberFormat(lang, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat(lang, { style: "percent" });
const UNITS = ["B", "kB", "MB", "GB", "TB"];

export const formatNumber = (value) => whole.format(value);

export function formatSize(size) { // as services/core/filesize.py does
  let unit = 0;
  for (; size >= 999.5 && unit < UNITS.length - 1; unit++) size /= 1000;
  return `${size < 9.95 && unit ? rounded.format(size) : whole.format(Math.round(size))} ${UNITS[unit]}`;
}

export function formatClock(seconds) {
  const inDigits = (part) => [...part].map(formatNumber).join("");
  const minutes = formatNumber(Math.floor(seconds / 60));
  return `${minutes}:${inDigits(String(Math.floor(seconds % 60)).padStart(2, "0"))}`;
}

const units = { percent: (value) => percent.format(value / 100), bytes: formatSize };

export function showNumbers(root) {
  for (const place of root.querySelectorAll("[data-figure]")) {
    const { figure, unit } = place.dataset;
    const words = (units[unit] ?? formatNumber)(Number(figure));
    if (place.textContent !== words) place.textContent = words;
  }
}
