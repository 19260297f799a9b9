/** What had the focus, told from others also when it is drawn anew. */
interface Mark {
  words: string;
  /** The row, feed or list that it is in. */
  place: string;
}

const focusable = 'button, summary, input, select, textarea, a[href], [tabindex="0"]';
const places = '[data-key], [data-feed]';

/** Whoever works at the keyboard stays in the desk when what has the focus is drawn anew or goes: the same thing gets it
 *  again, also when that comes a little later; else the row, or the view. */
export function keepFocus(desk: HTMLElement, view: HTMLElement): void {
  let last: Mark | null = null;
  document.addEventListener('focusin', ({ target, relatedTarget }) => {
    if (target === view && relatedTarget !== null) last = null; // somebody went there
    if (!(target instanceof HTMLElement) || target === view || target.closest('.ui-dialog')) return; // a box leads back here
    last = view.contains(target) ? markOf(target) : null;
  });
  document.addEventListener('pointerdown', () => {
    last = null;
  });
  view.addEventListener('keydown', ({ target }) => {
    if (target === view) last = null; // gone on from there
  });
  const look = () => {
    if (last === null || !isNowhere(view)) return;
    const found = again(view, last);
    if (found) found.focus();
    else if (document.activeElement !== view && desk.isConnected) view.focus();
  };
  const changes = new MutationObserver(look);
  changes.observe(view, { childList: true, subtree: true });
  changes.observe(document.body, { childList: true }); // a box that closes when what opened it is gone
}

const isNowhere = (view: HTMLElement): boolean =>
  document.activeElement === null || document.activeElement === document.body || document.activeElement === view;

function again(view: HTMLElement, { words, place }: Mark): HTMLElement | undefined {
  const all = [...view.querySelectorAll<HTMLElement>(focusable)].filter(each => each.checkVisibility());
  const there = all.filter(each => placeOf(each) === place);
  return there.find(each => wordsOf(each) === words) ?? (place === '' ? undefined : there[0]);
}

const markOf = (element: HTMLElement): Mark => ({ words: wordsOf(element), place: placeOf(element) });

/** A button's words without the number in them, which may be another one by then. */
function wordsOf(element: HTMLElement): string {
  const { filter, part } = element.dataset;
  const words = part ?? filter ?? element.getAttribute('aria-label') ?? element.textContent ?? '';
  return words.replaceAll(/[\d.,\s]+/g, ' ').trim();
}

function placeOf(element: HTMLElement): string {
  const { key, feed } = element.closest<HTMLElement>(places)?.dataset ?? {};
  return key ?? feed ?? '';
}
