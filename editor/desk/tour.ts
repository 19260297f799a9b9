import { say } from '../red';

/** A step as Node-RED's tourGuide takes it. */
interface TourStep {
  title: string;
  description: string;
  /** What is pointed at; left out: nothing. */
  element?: () => JQuery;
  direction?: 'left' | 'bottom';
  width?: number;
}

/** Node-RED loads a tour as a module of its own; that one gives what is here. */
const place = 'resources/@wap-billing/node-red-wap-billing/tour.js';
const shown = ['import', 'wap', 'billing', 'deploy'] as const;

/** Leads through the first minutes: from nothing to a plan on sale. `enter` shows the desk. */
export function startTour(enter: () => void): void {
  enter();
  RED.tourGuide.run(new URL(place, document.baseURI).href);
}

/** Where nothing has to be begun any more, a step points at the desk. */
export function tour(): { steps: TourStep[] } {
  const desk = () => $('.wap-billing-desk:visible').first();
  const orDesk = (found: JQuery) => (found.is(':visible') ? found : desk());
  const step = (name: string, element: () => JQuery): TourStep => ({
    ...{ title: say(`desk.tour.${name}.title`), description: say(`desk.tour.${name}.text`) },
    ...{ element, direction: 'left', width: 300 },
  });
  return {
    steps: [
      { title: say('desk.tour.begin.title'), description: say('desk.tour.begin.text') },
      ...shown.map(name => step(name, () => orDesk($(`.wap-billing-desk-begin [data-step="${name}"]`)))),
      step('press', desk),
      step('runs', () => orDesk($('.wap-billing-desk [data-view="runs"]'))),
    ],
  };
}
