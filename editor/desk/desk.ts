import { say } from '../red';
import { howToBegin } from './begin';
import { askStates } from './client';
import { keepFocus } from './focus';
import { watchPresses } from './press';
import type { Filter, Shown } from './view';
import { views } from './views';
import { failure } from './widgets/note';

const hintTopic = 'wap-billing/desk';
const chosenState = 'wap-billing-desk-state';

/** The operator's desk: one view at a time over one `billing-state`. It lives in the sidebar, or in a wide tray. */
export class Desk {
  readonly element = $('<div class="wap-billing-desk"/>');
  readonly #menu = $('<div class="wap-billing-desk-menu" role="tablist"/>').attr('aria-label', say('desk.title'));
  readonly #states = $('<select class="wap-billing-desk-states"/>').attr('aria-label', say('desk.state'));
  readonly #host = $('<div class="wap-billing-desk-view" role="tabpanel" id="wap-billing-desk-view" tabindex="0"/>');
  #view = views[0]?.name ?? '';
  #filter: Filter = {};
  #shown: Shown | null = null;
  #isStarting = false;
  /** The state nodes as they were found last. */
  #found = '';
  /** How often they were asked for: only what was asked last draws, or it would close what somebody opened meanwhile. */
  #asked = 0;
  /** Something changed while nobody could see it. */
  #isStale = false;

  constructor() {
    this.element.append($('<div class="wap-billing-desk-head"/>').append(this.#menu, this.#states), this.#host);
    for (const { name, icon } of views) this.#menuButton(name, icon).appendTo(this.#menu);
    this.#mark();
    this.#states.hide().on('change', () => {
      localStorage.setItem(chosenState, String(this.#states.val()));
      this.#draw();
    });
    RED.comms.subscribe(hintTopic, (_topic, content) => this.#hinted(content));
    document.addEventListener('visibilitychange', () => this.seen());
    // Node-RED says that a tab is chosen before it shows it, and shows it in other ways too.
    const [element] = this.element.get();
    if (element) new ResizeObserver(() => this.seen()).observe(element);
    const [view] = this.#host.get();
    watchPresses();
    if (element && view) keepFocus(element, view);
    RED.events.on('deploy', () => void this.restart());
    RED.events.on('nodes:add', () => this.#begun());
  }

  /** Shows a view, with filters for it. */
  show(view: string, filter: Filter = {}): void {
    if (views.some(({ name }) => name === view)) this.#view = view;
    this.#filter = filter;
    this.#mark();
    // At once: what is chosen must not stand over the view before it.
    if (this.#found !== '' && !this.#isHidden()) this.#draw();
    void this.#findStates();
  }

  /** For whoever comes by the keyboard: the choice of views has the focus. */
  enter(): void {
    this.#menu.children('[aria-selected="true"]').trigger('focus');
  }

  /** It has come into sight: what changed meanwhile is asked for. */
  seen(): void {
    if (this.#isHidden()) return;
    if (this.#shown === null) return void (this.#isStarting || this.restart());
    if (!this.#isStale) return;
    this.#isStale = false;
    this.#shown.refresh();
  }

  /** Finds the state nodes again and draws. */
  restart(): Promise<void> {
    this.#found = '';
    return this.#findStates();
  }

  /** Draws when nothing is drawn, or when they are not those that were found before. */
  async #findStates(): Promise<void> {
    this.#asked += 1;
    const mine = this.#asked;
    this.#isStarting = !this.#isHidden();
    if (!this.#isStarting) return this.#close();
    try {
      const states = await askStates();
      if (mine !== this.#asked) return;
      const found = JSON.stringify(states);
      if (found === this.#found && this.#shown !== null) return;
      this.#found = found;
      const wanted = localStorage.getItem(chosenState) ?? '';
      this.#states.empty().append(states.map(({ id, name }) => new Option(name, id)));
      if (states.some(({ id }) => id === wanted)) this.#states.val(wanted);
      this.#states.toggle(states.length > 1);
      this.#draw();
    } catch (error) {
      if (mine !== this.#asked) return;
      this.#close();
      this.#host.append(failure(error));
    } finally {
      if (mine === this.#asked) this.#isStarting = false;
    }
  }

  #draw(): void {
    this.#close();
    const state = String(this.#states.val() ?? '');
    const view = views.find(({ name }) => name === this.#view);
    if (state === '') this.#host.append(howToBegin());
    else if (view) {
      const mayAct = RED.user.hasPermission('flows.write');
      const host = $('<div/>').appendTo(this.#host);
      const show = (name: string, filter?: Filter) => this.show(name, filter);
      this.#shown = view.draw({ state, host, filter: this.#filter, mayAct, show });
    }
  }

  #mark(): void {
    for (const button of this.#menu.children().get()) {
      const isChosen = $(button).attr('data-view') === this.#view;
      $(button).attr({ 'aria-selected': String(isChosen), tabindex: isChosen ? 0 : -1 });
    }
    this.#host.attr('aria-label', say(`desk.view.${this.#view}`));
  }

  /** While nothing is deployed, the steps to begin follow what the editor has. */
  #begun(): void {
    const steps = this.#host.find('.wap-billing-desk-begin');
    if (steps.length > 0) steps.parent().replaceWith(howToBegin());
  }

  #close(): void {
    this.#shown?.close?.();
    this.#shown = null;
    this.#host.empty();
  }

  #hinted(content: unknown): void {
    if (typeof content !== 'object' || content === null || !('view' in content)) return;
    if (this.#shown === null) return void (this.#isStarting || this.restart()); // what was deployed has started
    const also = views.find(({ name }) => name === this.#view)?.alsoOn ?? [];
    if (content.view !== this.#view && !also.some(name => name === content.view)) return;
    if (this.#isHidden()) this.#isStale = true;
    else this.#shown?.refresh();
  }

  #isHidden = (): boolean => document.hidden || !this.element.is(':visible');

  #menuButton(name: string, icon: string): JQuery {
    const button = $('<button type="button" role="tab" aria-controls="wap-billing-desk-view"/>')
      .attr({ 'data-view': name, title: say(`desk.view.${name}`) })
      .append($('<i/>').addClass(`fa ${icon}`), $('<span/>').text(say(`desk.view.${name}`)))
      .on('click', () => this.show(name));
    button.on('keydown', ({ key }) => {
      const other = key === 'ArrowRight' ? button.next() : key === 'ArrowLeft' ? button.prev() : $();
      other.trigger('focus').trigger('click');
    });
    return button;
  }
}
