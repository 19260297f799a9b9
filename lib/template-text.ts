/** Fills values of a message into a text: `{{wap.plan.DisplayName}}`. A missing value leaves nothing; an object becomes JSON. */
export function filledText(text: string, data: unknown): string {
  return text.replaceAll(/\{\{\s*([^{}\s]+)\s*\}\}/g, (_all, path: string) => textOf(valueAt(data, path)));
}

function valueAt(data: unknown, path: string): unknown {
  let at = data;
  for (const name of path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    at = Reflect.get(at, name);
  }
  return at;
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
