/** Longer is no press: letting go can go unnoticed, e.g. over the choices of a list. */
const longestMs = 10_000;

let end: () => void = () => {};
let pressed: Promise<void> | null = null;

/** From here on, {@link released} knows when something is pressed. */
export function watchPresses(): void {
  const capture = { capture: true };
  document.addEventListener('pointerdown', begin, capture);
  for (const name of ['pointerup', 'pointercancel', 'dragend'])
    document.addEventListener(name, () => window.setTimeout(end), capture); // the click comes behind it
}

/** Waits while something is pressed: a button that is drawn anew between down and up would lose the click. */
export const released = (): Promise<void> => pressed ?? Promise.resolve();

function begin(): void {
  if (pressed !== null) return;
  pressed = new Promise(resolve => {
    const timer = window.setTimeout(() => end(), longestMs);
    end = () => {
      window.clearTimeout(timer);
      pressed = null;
      resolve();
    };
  });
}
