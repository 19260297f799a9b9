/** What the open dialog has, and where the focus goes when Tab is pressed again and again. */
import type { Page } from 'playwright-core';

interface Field {
  /** Tag and id, or what else tells it from the others. */
  field: string;
  /** What a screen reader calls it; empty when nothing does. */
  label: string;
  visible: boolean;
}

interface Stop {
  field: string;
  top: number;
  bottom: number;
  left: number;
}

const longest = 120;

/** Every field of the dialog, also those that another choice would show. */
export function fieldsOf(page: Page): Promise<Field[]> {
  return page.evaluate(() => {
    const form = [...document.querySelectorAll('.red-ui-tray-body form')].at(-1);
    const fields = [...(form?.querySelectorAll<HTMLInputElement>('input, select, textarea') ?? [])];
    return fields
      .filter(({ type }) => type !== 'hidden')
      .map((element, index) => {
        element.dataset.walk ??= `${element.tagName.toLowerCase()} ${element.id || element.dataset.column || ''} ${index}`;
        const bound = [...(element.labels ?? [])].map(label => label.textContent ?? '').join(' ');
        return {
          field: element.dataset.walk,
          label: (element.getAttribute('aria-label') ?? bound).trim(),
          visible: element.checkVisibility() && element.getClientRects().length > 0,
        };
      });
  });
}

/** Presses Tab from the first field on until the focus leaves the form. */
export async function walk(page: Page): Promise<Stop[]> {
  await page.evaluate(() => {
    const form = [...document.querySelectorAll('.red-ui-tray-body form')].at(-1);
    form?.querySelector<HTMLElement>('input:not([type=hidden]), select, textarea')?.focus();
  });
  const stops: Stop[] = [];
  for (;;) {
    const stop = await current(page);
    if (!stop) return stops;
    stops.push(stop);
    if (stops.length > longest)
      throw new Error(`Tab never leaves the dialog: ${stops.map(({ field }) => field).join(', ')}`);
    await page.keyboard.press('Tab');
  }
}

function current(page: Page): Promise<Stop | null> {
  return page.evaluate(() => {
    const form = [...document.querySelectorAll('.red-ui-tray-body form')].at(-1);
    const element = document.activeElement;
    if (!(element instanceof HTMLElement) || !form?.contains(element)) return null;
    const { top, bottom, left } = element.getBoundingClientRect();
    const scrolled = form.closest('.red-ui-tray-content')?.scrollTop ?? 0;
    return {
      field: element.dataset.walk ?? `${element.tagName.toLowerCase()} ${element.id || element.className}`,
      ...{ top: top + scrolled, bottom: bottom + scrolled, left },
    };
  });
}

/** Sentences about stops that do not come after the one before: further down, or in the same line further right. */
export function inVisualOrder(stops: Stop[]): string[] {
  return stops.slice(1).flatMap((stop, index) => {
    const before = stops[index] as Stop;
    const sameLine = stop.top < before.bottom && before.top < stop.bottom;
    const after = sameLine ? stop.left > before.left : stop.top >= before.bottom;
    return after ? [] : [`${stop.field} comes after ${before.field}`];
  });
}
