/** What a view has at hand. */
export interface Place {
  /** The id of the `billing-state` node that is looked at. */
  state: string;
  /** Where the view draws itself. */
  host: JQuery;
  /** What it begins with: filters by name, as another view gave them. */
  filter: Filter;
  /** Whether this user may act. */
  mayAct: boolean;
  /** Leads to another view. */
  show(view: string, filter?: Filter): void;
}

export type Filter = Record<string, string>;

/** A view that is drawn. */
export interface Shown {
  /** What it shows may have changed: it asks again and keeps its place. */
  refresh(): void;
  /** It is taken away. */
  close?(): void;
}

/** A view of the desk: its word is the key of its name (`desk.view.<name>`), of its texts and of its hints. */
export interface View {
  name: string;
  /** A Font Awesome 4.7 icon, e.g. `fa-tachometer`. */
  icon: string;
  /** Other views whose hints are also about this one. */
  alsoOn?: readonly string[];
  draw(place: Place): Shown;
}
