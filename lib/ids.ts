/** GUIDs are numbers: SQL Server writes them in upper case, .NET in lower case. */
const guid = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/gi;

/** An id as it is compared; it is kept and sent as it came. GUIDs match in any case, also inside a longer id. Other ids are
 *  compared exactly: in most billing systems `sub_a` and `sub_A` are two. */
export function foldId(id: string): string {
  return /[A-F]/.test(id) ? id.replace(guid, found => found.toLowerCase()) : id;
}

/** Ids and names of plans, add-ons and users: WAP compares them in SQL Server, whose collation ignores case. */
export function foldName(name: string): string {
  return name.toLowerCase();
}

/** A WAP id of one kind of the mapping, as it is compared. */
export function foldWapId(kind: string, id: string): string {
  return kind === 'plan' || kind === 'addon' || kind === 'user' ? foldName(id) : foldId(id);
}

/** Whether two spellings are of one id; see `foldId`. */
export function isSameId(one: string, other: string): boolean {
  return one === other || foldId(one) === foldId(other);
}

/** Whether two spellings are of one name, or of one id of a plan, an add-on or a user; see `foldName`. */
export function isSameName(one: string, other: string): boolean {
  return one === other || foldName(one) === foldName(other);
}
