import assert from 'node:assert/strict';
import fc from 'fast-check';
import { countedBy, metricsText } from '../../../lib/report/prometheus';
import { holds } from '../../harness/property';

/** Reads one sample as Prometheus does: the label's value up to a quote that no backslash stands before. */
function read(line: string): { label: string; value: string } | null {
  const [, text = '', value = ''] = /^wap_billing_x\{name="((?:[^"\\]|\\.)*)"\} (\S+)$/.exec(line) ?? [];
  if (value === '') return null;
  return { label: text.replace(/\\(.)/g, (_whole, letter) => (letter === 'n' ? '\n' : letter)), value };
}

describe('the text for Prometheus', () => {
  it('keeps every label in one line, whatever a tenant is called', () => {
    const odd = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('"', '\\', '\n', 'n', '}', ' ', 'ñ') }));
    holds(
      'the text for Prometheus: keeps every label in one line, whatever a tenant is called',
      fc.property(odd, fc.double({ noNaN: true, noDefaultInfinity: true }), (name, value) => {
        fc.pre(name !== '' && !name.includes('\r'));
        const lines = metricsText([{ name: 'x', help: 'h', samples: [{ labels: { name }, value }] }]).split('\n');
        assert.deepEqual(lines.slice(0, 2), ['# HELP wap_billing_x h', '# TYPE wap_billing_x gauge']);
        assert.deepEqual(read(lines[2] ?? ''), { label: name, value: String(value) });
        assert.deepEqual(lines.slice(3), ['']);
      }),
    );
  });

  it('leaves out what is not known, and keeps the digits of a decimal', () => {
    const samples = [
      { labels: { a: null, b: '' }, value: '0.30000000000000000001' },
      { labels: { a: 1 }, value: null },
    ];
    const text = '# HELP wap_billing_y h\n# TYPE wap_billing_y gauge\nwap_billing_y 0.30000000000000000001\n';
    assert.equal(metricsText([{ name: 'y', help: 'h', samples }]), text);
  });

  it('counts rows that share their labels once', () => {
    const rows = [
      { kind: 'dead', meter: 'a' },
      { kind: 'dead', meter: 'a' },
      { kind: 'dead', meter: null },
    ];
    assert.deepEqual(countedBy(['kind', 'meter'], rows), [
      { labels: { kind: 'dead', meter: 'a' }, value: 2 },
      { labels: { kind: 'dead', meter: null }, value: 1 },
    ]);
  });
});
