import type uPlot from 'uplot';
import { say } from '../../red';
import { loadPlot } from './plot';

/** One line or row of bars of a chart. */
export interface Series {
  label: string;
  /** A value for each of the chart's times; `null` leaves a gap. */
  values: Array<number | null>;
}

export interface ChartData {
  /** What it shows, for screen readers. */
  label: string;
  /** ms UTC, rising. */
  times: number[];
  series: Series[];
  /** How a time is written in the table. */
  timeText(at: number): string;
  /** How a value is written. */
  valueText(value: number): string;
  /** Bars for what is added up by day, a line for what goes on. */
  look: 'bars' | 'line';
}

/** Colours that can be told apart on light and dark, and by most who do not see all of them. */
const colours = ['#4477aa', '#ee6677', '#228833', '#ccbb44', '#66ccee', '#aa3377', '#999999'];
const height = 180;

/** A chart as wide as its place, with the same numbers in a table that screen readers read. */
export function chart(data: ChartData): { element: JQuery; close(): void } {
  const canvas = $('<div aria-hidden="true"/>');
  const element = $('<figure class="wap-billing-desk-chart"/>').append(canvas, tableOf(data));
  let plot: uPlot | null = null;
  const [place] = canvas.get();
  let isClosed = false;
  const draw = async () => {
    const library = await loadPlot();
    const width = Math.floor(canvas.width() ?? 0);
    if (!place || width < 50 || isClosed) return;
    if (plot === null) plot = new library(optionsOf(library, data, place, width), dataOf(data), place);
    else plot.setSize({ width, height });
  };
  const sight = new ResizeObserver(() => void draw());
  if (place) sight.observe(place);
  return {
    element,
    close: () => {
      isClosed = true;
      sight.disconnect();
      plot?.destroy();
    },
  };
}

const dataOf = ({ times, series }: ChartData): uPlot.AlignedData => [
  times.map(at => at / 1000),
  ...series.map(({ values }) => values),
];

function optionsOf(
  library: typeof uPlot,
  { times, series, look, valueText }: ChartData,
  place: HTMLElement,
  width: number,
): uPlot.Options {
  const style = getComputedStyle(place);
  const axis = { stroke: style.color, grid: { stroke: style.getPropertyValue('--red-ui-secondary-border-color') } };
  const bars = look === 'bars' && library.paths.bars ? { paths: library.paths.bars({ size: [0.8, 40] }) } : {};
  return {
    width,
    height,
    axes: [axis, { ...axis, size: 60, values: (_plot, ticks) => ticks.map(valueText) }],
    scales: {
      ...(look === 'bars' ? { x: { range: wholeBars(times) } } : {}),
      y: { range: (_plot, _min, max) => [0, Math.max(max, 1)] },
    },
    legend: { show: series.length > 1 },
    series: [
      {},
      ...series.map(({ label }, index) => {
        const colour = colours[index % colours.length] ?? '';
        return {
          label,
          stroke: colour,
          fill: look === 'bars' ? colour : '',
          width: 1,
          ...bars,
          points: { show: look === 'line' },
        };
      }),
    ],
  };
}

/** Half a bar more at each side, in seconds: the first and the last would be cut through. */
function wholeBars(times: readonly number[]): uPlot.Range.Function {
  const [first = 0, second = first + 86_400_000] = times;
  const half = (second - first) / 2000;
  return (_plot, min, max) => [min - half, max + half];
}

function tableOf({ label, times, series, timeText, valueText }: ChartData): JQuery {
  const head = [say('desk.day'), ...series.map(each => each.label)].map(text => $('<th scope="col"/>').text(text));
  const rows = times.map((at, index) =>
    $('<tr/>').append(
      $('<th scope="row"/>').text(timeText(at)),
      series.map(({ values }) => $('<td/>').text(textAt(values[index], valueText))),
    ),
  );
  const table = $('<table/>').append(
    $('<caption/>').text(label),
    $('<thead/>').append($('<tr/>').append(head)),
    $('<tbody/>').append(rows),
  );
  return $('<div class="wap-billing-desk-hidden"/>').append(table);
}

const textAt = (value: number | null | undefined, valueText: (value: number) => string): string =>
  value === null || value === undefined ? '' : valueText(value);
