import { isDeepStrictEqual } from 'node:util';
import { XMLBuilder, XMLParser, XMLValidator } from 'fast-xml-parser';
import { Unmergeable } from './merge-json';

// Texts, entities, comments and white space stay as they are written.
const options = {
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  processEntities: false,
  commentPropName: '#comment',
  cdataPropName: '#cdata',
} as const;
const parser = new XMLParser(options);
const builder = new XMLBuilder({ ...options, suppressEmptyNode: true, suppressBooleanAttributes: false });

/** An element with what is in it, in its order. */
interface Element {
  name: string;
  attributes: Record<string, string>;
  children: Node[];
}
/** An element, or anything else (text, a comment, an instruction) as the parser has it. */
type Node = Element | { other: unknown };

const isElement = (node: Node): node is Element => 'name' in node;

/** Merges wanted XML into existing XML: attributes by name; elements by `Id` or `Name`, a unique element by its tag, others by
 *  their text. Nothing existing is dropped.
 *  @throws Unmergeable naming the place */
export function mergedXml(known: string, wanted: string): string {
  const [mine, theirs] = [parse(known), parse(wanted)];
  const merged = mergedChildren(mine, theirs, '');
  return isDeepStrictEqual(merged, mine) ? known : write(merged);
}

export function isXml(text: string): boolean {
  return /^\s*</.test(text) && XMLValidator.validate(text) === true;
}

/** @throws Unmergeable when writing it again would change it: quotas are compared byte for byte */
function parse(text: string): Node[] {
  const nodes = toNodes(parser.parse(text));
  if (!isDeepStrictEqual(toNodes(parser.parse(write(nodes))), nodes))
    throw new Unmergeable('its XML cannot be written again as it is');
  return nodes;
}

function write(nodes: Node[]): string {
  return String(builder.build(nodes.map(fromNode)));
}

/** From the parser's form, in which a name is the only key beside the attributes. */
function toNodes(list: unknown): Node[] {
  return (list as Array<Record<string, unknown>>).map(entry => {
    const { ':@': attributes = {}, ...rest } = entry;
    const [name = ''] = Object.keys(rest);
    if (name.startsWith('#') || name.startsWith('?')) return { other: entry };
    return { name, attributes: attributes as Record<string, string>, children: toNodes(rest[name]) };
  });
}

function fromNode(node: Node): unknown {
  if (!isElement(node)) return node.other;
  const hasAttributes = Object.keys(node.attributes).length > 0;
  return { [node.name]: node.children.map(fromNode), ...(hasAttributes ? { ':@': node.attributes } : {}) };
}

/** Wanted elements over the known ones; text between elements stays as it is. */
function mergedChildren(known: Node[], wanted: Node[], place: string): Node[] {
  const merged = [...known];
  const elements = wanted.filter(isElement);
  for (const element of elements) {
    const at = findIndex(merged, element, elements, place);
    const found = merged[at];
    if (found && isElement(found)) merged[at] = mergedElement(found, element, place);
    else merged.push(element);
  }
  return merged;
}

/** @throws Unmergeable when text is wanted where WAP has elements */
function mergedElement(known: Element, wanted: Element, place: string): Element {
  const here = `${place}/${known.name}`;
  const attributes = { ...known.attributes, ...wanted.attributes };
  if (wanted.children.some(isElement)) {
    return { name: known.name, attributes, children: mergedChildren(known.children, wanted.children, here) };
  }
  const isLeaf = !known.children.some(isElement);
  // An empty element is a value of its own, such as "unlimited", where text is expected.
  const isValue = isLeaf && Object.keys(wanted.attributes).length === 0;
  if (wanted.children.length === 0) return { ...known, attributes, children: isValue ? [] : known.children };
  if (!isLeaf) throw new Unmergeable(`${here} has elements in WAP`);
  const isSame = textOf(known).trim() === textOf(wanted).trim();
  return { name: known.name, attributes, children: isSame ? known.children : wanted.children };
}

/** The index of the matching element, or -1. */
function findIndex(known: Node[], wanted: Element, all: Element[], place: string): number {
  const isSameKind = (node: Node): node is Element => isElement(node) && node.name === wanted.name;
  const id = identityOf(wanted);
  if (id !== null) return known.findIndex(node => isSameKind(node) && identityOf(node) === id);
  const kin = known.filter(isSameKind);
  const isOnly = kin.length <= 1 && all.filter(isSameKind).length === 1;
  if (isOnly) return known.findIndex(isSameKind);
  if ([...kin, wanted].some(node => node.children.some(isElement)))
    throw new Unmergeable(`the elements ${place}/${wanted.name} have no Id or Name that tells them apart`);
  return known.findIndex(node => isSameKind(node) && textOf(node).trim() === textOf(wanted).trim());
}

/** By `Id`, else by `Name`, in any case; null when it has neither. */
function identityOf({ attributes }: Element): string | null {
  const name = ['id', 'name'].flatMap(word => Object.keys(attributes).filter(key => key.toLowerCase() === word))[0];
  return name === undefined ? null : `${name} ${attributes[name]}`.toLowerCase();
}

/** Its own text, comments included, as one text to compare. */
function textOf({ children }: Element): string {
  return children.map(child => (isElement(child) ? '' : JSON.stringify(child.other))).join('');
}
