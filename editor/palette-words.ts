import { catalogueReady, say } from './red';

/** What people type who do not know our words (*azure*, *tenant*, *quota*, *invoice*): the filter of the palette looks into a
 *  node's type and into this attribute only, so the words are added to it. What the palette shows stays as it is. */
export function findByWords(type: string): void {
  catalogueReady(() => {
    const key = `palette.words.${type}`;
    const words = say(key);
    const node = $('.red-ui-palette-node').filter((_index, each) => $(each).attr('data-palette-type') === type);
    const label = node.attr('data-palette-label');
    if (label === undefined || words.endsWith(key) || label.endsWith(words)) return;
    node.attr('data-palette-label', `${label} ${words}`);
  });
}
