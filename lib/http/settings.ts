import { invalid } from '../errors';
import type { HttpSettings } from './types';

/** An absolute http or https address without credentials in it (they would end up in messages and exports).
 *  @throws INPUT_INVALID that names `field`. */
export function checkAddress(field: string, value: unknown): URL {
  const wanted = 'an address such as https://host:30004';
  if (typeof value !== 'string' || !URL.canParse(value)) throw invalid(field, wanted, value);
  const url = new URL(value);
  if (!/^https?:$/.test(url.protocol) || url.hostname === '') throw invalid(field, wanted, value);
  if (url.username !== '' || url.password !== '')
    throw invalid(field, 'an address without user and password (they have fields of their own)', value);
  if (url.search !== '' || url.hash !== '') throw invalid(field, 'an address without ? and #', value);
  return url;
}

/** @throws INPUT_INVALID that names `field` and its bounds, both included */
export function checkWholeNumber(field: string, value: unknown, min: number, max: number): void {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max)
    throw invalid(field, `a whole number from ${min} to ${max}`, value);
}

/** Checks the settings of a client and answers its base address. @throws INPUT_INVALID naming the first bad field. */
export function checkHttpSettings(settings: HttpSettings): URL {
  const url = checkAddress('baseUrl', settings.baseUrl);
  const day = 86_400_000;
  checkWholeNumber('attemptTimeoutMs', settings.attemptTimeoutMs, 1, day);
  checkWholeNumber('totalTimeoutMs', settings.totalTimeoutMs, 1, day);
  checkWholeNumber('retries', settings.retries, 0, 100);
  if (settings.maxBodyBytes !== undefined) checkWholeNumber('maxBodyBytes', settings.maxBodyBytes, 1, 2 ** 31);
  return url;
}
