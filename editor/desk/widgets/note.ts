/** A sentence in the place of content: nothing there, or why it cannot be shown. */
export const note = (text: string): JQuery => $('<div class="wap-billing-desk-note" role="status"/>').text(text);

export const failure = (error: unknown): JQuery =>
  $('<div class="wap-billing-desk-note wap-billing-failed" role="alert"/>').text(
    error instanceof Error ? error.message : String(error),
  );

/** A button as Node-RED draws them. */
export function button(text: string, icon: string | null, go: () => void): JQuery {
  const made = $('<button type="button" class="red-ui-button red-ui-button-small"/>').on('click', go);
  if (icon) made.append($('<i/>').addClass(`fa ${icon}`), ' ');
  return made.append($('<span/>').text(text));
}
