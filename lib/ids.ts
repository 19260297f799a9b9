/** A GUID is a number: SQL Server writes it in capitals, .NET in small letters. */
const guid = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/gi;

/** An id as it is compared; as it is kept and sent, it stays as it came. GUIDs count in any case, also inside of a longer id.
 *  Other ids are their owner's alone: in most billing systems `sub_a` and `sub_A` are two. */
export function foldId(id: string): string {
  return /[A-F]/.test(id) ? id.replace(guid, found => found.toLowerCase()) : id;
}

/** Ids and names that SQL Server compares for WAP, whose collation ignores case: of plans, add-ons and users. */
export function foldName(name: string): string {
  return name.toLowerCase();
}

/** The id in WAP of a thing of one kind of the mapping, as it is compared. */
export function foldWapId(kind: string, id: string): string {
  return kind === 'plan' || kind === 'addon' || kind === 'user' ? foldName(id) : foldId(id);
}

export function isSameId(one: string, other: string): boolean {
  return one === other || foldId(one) === foldId(other);
}

export function isSameName(one: string, other: string): boolean {
  return one === other || foldName(one) === foldName(other);
}
