import type { Clock } from '../clock';
import { systemClock } from '../clock';
import { AdapterError } from '../errors';
import type { Authorizer, HttpClient, HttpFamily, HttpSettings } from '../http';

export function createHttp(
  _family: HttpFamily,
  _settings: HttpSettings,
  _authorize?: Authorizer,
  _clock: Clock = systemClock,
): HttpClient {
  throw new AdapterError('INPUT_CONFIG', 'The HTTP client is not written yet.');
}
