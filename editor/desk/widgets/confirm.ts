import { say } from '../../red';

/** What a person is asked before something is done. */
export interface Question {
  text: string;
  /** What it entails, a line each. */
  details?: string[];
  /** The word on the button that goes on. */
  go: string;
  /** A reason has to be given, under this label. */
  why?: string;
}

/** Asks in a box over the editor. The reason given (empty where none is asked for), or `null` for "no". */
export function confirmed({ text, details = [], go, why }: Question): Promise<string | null> {
  return new Promise(resolve => {
    const reason = $('<input type="text" id="wap-billing-desk-why"/>');
    const box = $('<div class="wap-billing-desk-confirm"/>').append(
      $('<p/>').text(text),
      details.length > 0 ? $('<ul/>').append(details.map(line => $('<li/>').text(line))) : [],
      why ? $('<div/>').append($('<label for="wap-billing-desk-why"/>').text(why), reason) : [],
    );
    let answer: string | null = null;
    const finish = () => {
      const given = String(reason.val() ?? '').trim();
      if (why && given === '') return void reason.addClass('input-error').trigger('focus');
      answer = given;
      box.dialog('close');
    };
    reason.on('keydown', event => event.key === 'Enter' && finish());
    box.dialog({
      modal: true,
      width: Math.min(460, window.innerWidth - 20),
      title: say('desk.title'),
      classes: { 'ui-dialog': 'wap-billing-desk-dialog' },
      buttons: [
        { text: say('desk.cancel'), click: () => void box.dialog('close') },
        { text: go, class: 'primary', click: finish },
      ],
      close: () => {
        box.dialog('destroy').remove();
        resolve(answer);
      },
    });
  });
}
