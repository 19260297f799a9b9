import type uPlot from 'uplot';

let loaded: Promise<typeof uPlot> | null = null;

/** The charts' library, run when the first chart is drawn. It asks for the browser's language while it loads, and some browsers name
 *  one that the browser itself refuses (`en-US@posix`). */
export function loadPlot(): Promise<typeof uPlot> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<typeof uPlot> {
  if (isReadable(navigator.language)) return (await import('uplot')).default;
  Object.defineProperty(navigator, 'language', { value: 'en-US', configurable: true });
  try {
    return (await import('uplot')).default;
  } finally {
    Reflect.deleteProperty(navigator, 'language');
  }
}

function isReadable(language: string): boolean {
  try {
    return Intl.getCanonicalLocales(language).length > 0;
  } catch {
    return false;
  }
}
