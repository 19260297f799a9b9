const width = 120;
const height = 22;
const svg = 'http://www.w3.org/2000/svg';

/** A small row of bars without axes, the newest at the right; `text` says the same to those who do not see it. */
export function sparkline(values: readonly number[], text: string): JQuery {
  const most = Math.max(1, ...values);
  const step = width / values.length;
  const picture = document.createElementNS(svg, 'svg');
  picture.setAttribute('viewBox', `0 0 ${width} ${height}`);
  picture.setAttribute('class', 'wap-billing-desk-sparkline');
  picture.setAttribute('role', 'img');
  picture.setAttribute('aria-label', text);
  for (const [index, value] of values.entries()) {
    if (value === 0) continue;
    const tall = Math.max(1, (value / most) * height);
    const bar = document.createElementNS(svg, 'rect');
    bar.setAttribute('x', String(index * step));
    bar.setAttribute('y', String(height - tall));
    bar.setAttribute('width', String(Math.max(1, step - 0.5)));
    bar.setAttribute('height', String(tall));
    picture.append(bar);
  }
  return $('<span/>').attr('title', text).append($(picture));
}
