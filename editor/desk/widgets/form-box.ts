import { say } from '../../red';
import { type FormField, formField } from './form-field';
import { failure } from './note';
import { type Suggestion, suggestionsOrWhy } from './suggestions';

/** A field of a form in a box. */
export interface BoxField extends FormField {
  /** What it can take, with what the other fields hold. @throws (a text) why nothing is offered */
  suggest?(text: string, held: (name: string) => string): Promise<Suggestion[]>;
}

export interface FormOptions {
  title: string;
  /** What it is about, above the fields. */
  hint?: string;
  fields: BoxField[];
  /** The word on the button that goes on. */
  go: string;
  /** Does it; what it throws is said in the box, which stays open with what was filled in. */
  save(values: Record<string, string | boolean>): Promise<void>;
}

/** A form in a box over the editor. */
export function formBox({ title, hint, fields, go, save }: FormOptions): void {
  const box = $('<form class="wap-billing-desk-form"/>');
  if (hint) box.append($('<p class="wap-billing-desk-small"/>').text(hint));
  const made = fields.map(field => ({ field, ...formField('box', field) }));
  const held = (name: string) => String(made.find(({ field }) => field.name === name)?.input.val() ?? '');
  for (const { field, row, input } of made) {
    const { suggest } = field;
    const offered = suggest ? suggestionsOrWhy(text => suggest(text, held), input) : [];
    box.append(row.append(offered));
  }
  box.on('change', 'select', () => box.find('[role="status"]').empty()); // it was about another choice
  const said = $('<div/>').appendTo(box);
  const finish = async () => {
    said.empty();
    try {
      await save(Object.fromEntries(made.map(each => [each.field.name, each.held()])));
      box.dialog('close');
    } catch (error) {
      said.append(failure(error));
    }
  };
  box.on('submit', event => {
    event.preventDefault();
    void finish();
  });
  box.append($('<input type="submit" class="wap-billing-desk-hidden" tabindex="-1" aria-hidden="true"/>'));
  box.dialog({
    modal: true,
    width: Math.min(500, window.innerWidth - 20),
    title,
    classes: { 'ui-dialog': 'wap-billing-desk-dialog' },
    buttons: [
      { text: say('desk.cancel'), click: () => void box.dialog('close') },
      { text: go, class: 'primary', click: () => void finish() },
    ],
    close: () => void box.dialog('destroy').remove(),
  });
}
