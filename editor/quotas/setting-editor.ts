/** One setting of a service, for the part of the form that edits it. */
export interface Setting {
  service: string;
  key: string;
  /** As the plan shown has it; `undefined` where none is shown or it lacks it. */
  present: string | undefined;
  /** What shall change, as it was saved; `undefined` for nothing. */
  change: string | undefined;
  /** To be called whenever `change()` of the editor may answer something else. */
  changed(): void;
}

/** The part of the form for one setting. */
export interface SettingEditor {
  element: JQuery;
  /** What is sent for this setting; `undefined` when nothing of it is to change. */
  change(): string | undefined;
}
