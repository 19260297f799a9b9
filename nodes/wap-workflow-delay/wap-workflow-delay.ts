import { systemClock } from '../../lib/async/clock';
import { inOfficeHours, readInstant, sleepUntil } from '../../lib/workflow/delay';
import { defineNode, to } from '../../runtime/define-node';
import { anything, choice, given, number, text } from '../../runtime/inputs';
import { nameOf } from '../../runtime/names';
import { stepIn } from '../../runtime/run/run-step';

const unitMs = { seconds: 1000, minutes: 60_000, hours: 3_600_000, days: 86_400_000 };

export = defineNode({
  type: 'wap-workflow-delay',
  uses: {},
  // How long is a setting of the wait: another value after a deploy is taken up by what waits.
  inputs: {
    mode: choice('for', 'until', 'officeHours').preset('for').aside(),
    duration: number({ max: 100_000, whole: false }).preset('1', 'num').optional().aside(),
    unit: choice('seconds', 'minutes', 'hours', 'days').preset('hours').aside(),
    time: anything().from('msg.payload').optional().aside(),
    days: choice('weekdays', 'mondayToSaturday', 'everyDay').preset('weekdays').aside(),
    from: text().preset('08:00').aside(),
    to: text().preset('17:00').aside(),
    timeZone: text().preset('UTC').aside(),
  },
  outputs: ['on'],
  waits: true,
  run: async ({ mode, duration, unit, time, days, from, to: until, timeZone }, context) => {
    const { msg, signal, since, say, waitFor } = context;
    const { key, waited } = stepIn(context);
    const instant = () => {
      if (mode === 'officeHours') return inOfficeHours({ days, from, to: until, timeZone }, since);
      if (mode === 'for') return since + given(duration, 'duration', 'for a delay') * unitMs[unit];
      return (
        (waited?.for === 'time' ? waited.until : null) ?? readInstant(given(time, 'time', 'to wait until it'), 'time')
      );
    };
    const at = instant();
    const shown = { name: nameOf(key, msg) };
    const over = waitFor(shown.name, at, 'time');
    await sleepUntil(systemClock, at, signal).finally(over);
    return to('on', {}, say('status.over', shown));
  },
});
