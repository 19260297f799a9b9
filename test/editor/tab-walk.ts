/** What the open dialog has, and where the focus goes when Tab is pressed again and again. */
import type { Page } from 'playwright-core';

interface Field {
  /** Tag and id, or what else tells it from the others. */
  field: string;
  /** What a screen reader calls it; empty when nothing does. */
  label: string;
  visible: boolean;
}

export interface Stop {
  field: string;
  /** Further down than the stop before, or in the same line further right. */
  follows: boolean;
  /** The table that it belongs to, and whether it is the button that adds a row. */
  table?: string;
  button?: 'add';
}

/** The table of metering rules alone has some two hundred fields. */
const longest = 400;

/** Every field of the dialog, also those that another choice would show. */
export function fieldsOf(page: Page): Promise<Field[]> {
  return page.evaluate(() => {
    const form = document.querySelector('#dialog-form, #node-config-dialog-edit-form');
    const fields = [...(form?.querySelectorAll<HTMLInputElement>('input, select, textarea') ?? [])];
    return fields
      .filter(({ type, id }) => type !== 'hidden' && !id.startsWith('red-ui-trap-')) // Node-RED's own, out of sight
      .map((element, index) => {
        element.dataset.walk ??= `${element.tagName.toLowerCase()} ${element.id || element.dataset.column || ''} ${index}`;
        const named = document.getElementById(element.getAttribute('aria-labelledby') ?? '');
        const bound = [named, ...(element.labels ?? [])].map(label => label?.textContent ?? '').join(' ');
        return {
          field: element.dataset.walk,
          label: (element.getAttribute('aria-label') ?? bound).trim(),
          visible: element.checkVisibility() && element.getClientRects().length > 0,
        };
      });
  });
}

/** Presses Tab from the first field on until the focus is where `wanted` says; it must not leave the form before. */
export async function walkTo(page: Page, wanted: (stop: Stop) => boolean): Promise<void> {
  const last = (await walk(page, wanted)).at(-1);
  if (!last || !wanted(last)) throw new Error(`Tab never comes there; the last stop is ${last?.field}`);
}

/** Presses Tab from the first field on until the focus leaves the form, or until it is where `wanted` says. */
export async function walk(page: Page, wanted: (stop: Stop) => boolean = () => false): Promise<Stop[]> {
  await page.evaluate(() => {
    const form = document.querySelector('#dialog-form, #node-config-dialog-edit-form');
    form?.querySelector('[data-walked]')?.removeAttribute('data-walked');
    form?.querySelector<HTMLElement>('input:not([type=hidden], [id^=red-ui-trap-]), select, textarea')?.focus();
  });
  const stops: Stop[] = [];
  for (;;) {
    const stop = await current(page);
    if (!stop) return stops;
    stops.push(stop);
    if (wanted(stop)) return stops;
    if (stops.length > longest)
      throw new Error(`Tab never leaves the dialog: ${stops.map(({ field }) => field).join(', ')}`);
    await page.keyboard.press('Tab');
  }
}

/** Places are compared with both stops on the page as it is now: tables scroll inside the dialog, which scrolls too. */
function current(page: Page): Promise<Stop | null> {
  return page.evaluate(() => {
    const form = document.querySelector('#dialog-form, #node-config-dialog-edit-form');
    const element = document.activeElement;
    if (!(element instanceof HTMLElement) || !form?.contains(element)) return null;
    const before = form.querySelector('[data-walked]')?.getBoundingClientRect();
    for (const walked of form.querySelectorAll('[data-walked]')) walked.removeAttribute('data-walked');
    element.dataset.walked = 'last';
    const { top, bottom, left } = element.getBoundingClientRect();
    const isSameLine = before && top < before.bottom && before.top < bottom;
    const table = element.closest('.red-ui-editableList')?.querySelector('ol')?.id.replace('wap-billing-table-', '');
    const own = element.id || element.parentElement?.dataset.section || element.className;
    return {
      field: element.dataset.walk ?? `${element.tagName.toLowerCase()} ${own}`,
      follows: !before || (isSameLine ? left > before.left : top >= before.bottom),
      ...(table === undefined ? {} : { table }),
      ...(element.classList.contains('red-ui-editableList-addButton') ? { button: 'add' as const } : {}),
    };
  });
}

/** Sentences about stops that do not come after the one before. */
export function outOfOrder(stops: Stop[]): string[] {
  return stops.flatMap(({ field, follows }, index) =>
    follows ? [] : [`${field} comes after ${stops[index - 1]?.field}`],
  );
}
