import type { LetterPlaces, TenantName } from '../../../lib/desk/dead-letters';
import type { LetterGroups } from '../../../lib/desk/letter-groups';
import { say } from '../../red';
import { ask } from '../client';
import { kindName, letterFields, letterFilter } from '../letters/filter';
import { letterGroupList } from '../letters/letter-groups';
import { letterJobLines } from '../letters/letter-jobs';
import { type LetterList, letterList } from '../letters/letter-list';
import type { Filter, Place, View } from '../view';
import { filterBar } from '../widgets/filter-bar';
import { count } from '../widgets/format';
import { LaterLook } from '../widgets/later-look';
import { button, failure } from '../widgets/note';
import type { Suggestion } from '../widgets/suggestions';

const ways = ['byReason', 'oneByOne'] as const;
type Way = (typeof ways)[number];
const chosenWay = 'wap-billing-desk-letters';
/** Usage flows all the time, and looking through many letters is work. */
const pauseMs = 2000;

/** What billing refused for good and what waits: why, whose, and sent again or discarded. */
export const deadLetters: View = {
  name: 'letters',
  icon: 'fa-envelope-o',
  draw: place => new DeadLetters(place),
};

class DeadLetters {
  readonly #totals = $('<div class="wap-billing-desk-small" role="status"/>');
  readonly #filterPlace = $('<div/>');
  readonly #listPlace = $('<div/>');
  readonly #jobs: ReturnType<typeof letterJobLines>;
  #values: Filter;
  #list: LetterList | null = null;
  #way: Way = localStorage.getItem(chosenWay) === 'oneByOne' ? 'oneByOne' : 'byReason';
  /** Of each kind, as they were when the list was read. */
  #shown = '';

  readonly #later = new LaterLook(() => this.#look(), pauseMs);
  readonly #place: Place;

  constructor(place: Place) {
    this.#place = place;
    this.#values = place.filter;
    this.#jobs = letterJobLines(place);
    const choice = $('<div class="wap-billing-desk-acts" role="group"/>').attr('aria-label', say('desk.letters.show'));
    const buttons = ways.map(way =>
      button(say(`desk.letters.${way}`), null, () => {
        this.#way = way;
        localStorage.setItem(chosenWay, way);
        press();
        this.#drawList();
      }).attr('data-way', way),
    );
    const press = () => {
      for (const each of buttons) {
        const isIt = each.attr('data-way') === this.#way;
        each.toggleClass('selected', isIt).attr('aria-pressed', String(isIt));
      }
    };
    press();
    choice.append(buttons, this.#totals);
    place.host.append(this.#filterPlace, choice, this.#jobs.element, this.#listPlace);
    void this.#begin();
  }

  refresh(): void {
    this.#later.ask();
  }

  close(): void {
    this.#later.close();
  }

  async #begin(): Promise<void> {
    try {
      const places = await this.#readPlaces();
      if (this.#later.isClosed) return;
      const bar = filterBar(
        letterFields(places, text => this.#tenants(text)),
        this.#values,
        values => {
          if (JSON.stringify(values) === JSON.stringify(this.#values)) return;
          this.#values = values;
          this.#list?.restart();
          void this.#count().catch(tell);
        },
      );
      this.#filterPlace.append(bar);
      this.#drawList();
      await this.#jobs.read();
    } catch (error) {
      this.#listPlace.empty().append(failure(error));
    }
  }

  async #tenants(text: string): Promise<Suggestion[]> {
    const found = await ask<TenantName[]>(this.#place.state, 'letterTenants', { text });
    return found.map(({ subscriptionId: value, name, account }) => ({
      value,
      label: [name, account].filter(Boolean).join(' · '),
    }));
  }

  #drawList(): void {
    const filter = () => letterFilter(this.#values);
    const changed = () => void this.#look();
    this.#list =
      this.#way === 'byReason'
        ? letterGroupList(this.#place, filter, { changed })
        : letterList(this.#place, filter, { label: say('desk.view.letters'), changed });
    this.#listPlace.empty().append(this.#list.element);
    void this.#count().catch(tell);
  }

  /** How many the filter shows, where the list does not say it itself. */
  async #count(): Promise<void> {
    const list = this.#list;
    if (this.#way === 'byReason' || list === null) return;
    const asked = JSON.stringify(letterFilter(this.#values));
    const { total, isMore, tenantsCut } = await ask<LetterGroups>(this.#place.state, 'letterGroups', { filter: asked });
    if (asked === JSON.stringify(letterFilter(this.#values))) list.counted({ total, isMore, tenantsCut });
  }

  /** Asks anew for the list only when there are more or fewer letters than before. */
  async #look(): Promise<void> {
    try {
      const before = this.#shown;
      await this.#jobs.read();
      await this.#readPlaces();
      if (this.#later.isClosed || this.#shown === before) return;
      this.#list?.refresh();
      await this.#count();
    } catch (error) {
      tell(error);
    }
  }

  async #readPlaces(): Promise<LetterPlaces> {
    const places = await ask<LetterPlaces>(this.#place.state, 'letterPlaces');
    this.#shown = JSON.stringify([places.totals, places.newestAt]);
    const parts = Object.entries(places.totals).filter(([, total]) => total > 0);
    const text = parts
      .map(([kind, total]) => say('desk.letters.totalOf', { count: count(total), kind: kindName(kind) }))
      .join(' · ');
    this.#totals.text(text === '' ? say('desk.letters.none') : text);
    return places;
  }
}

/** What is shown stays; the notice is html. */
function tell(error: unknown): void {
  RED.notify(
    $('<span/>')
      .text(error instanceof Error ? error.message : String(error))
      .html(),
    { type: 'error' },
  );
}
