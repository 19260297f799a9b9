import { XMLBuilder, XMLParser, XMLValidator } from 'fast-xml-parser';

/** Attributes begin with `@`; an element that has any keeps its text in `#text`. */
const shape = { ignoreAttributes: false, attributeNamePrefix: '@' } as const;
const builder = new XMLBuilder({ ...shape, suppressEmptyNode: true, suppressBooleanAttributes: false });
/** Every value stays a text: a number would lose digits of an amount, and zeros in front of an id. */
const parser = new XMLParser({
  ...shape,
  removeNSPrefix: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: true,
});

export function xmlOf(body: object): string {
  return `<?xml version="1.0" encoding="UTF-8"?>${builder.build(body)}`;
}

/** `undefined` for what is no XML. A document type is refused: an answer needs none, and its entities can grow without end. */
export function parseXml(text: string): unknown {
  if (/<!DOCTYPE/i.test(text) || XMLValidator.validate(text) !== true) return undefined;
  try {
    const read: unknown = parser.parse(text);
    return read;
  } catch {
    return undefined;
  }
}
