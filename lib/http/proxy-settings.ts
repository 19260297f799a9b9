/** The HTTP proxy of one peer, as Node-RED's `http proxy` node has it. */
export interface ProxySettings {
  url: string;
  user?: string;
  password?: string;
  /** Hosts that are reached directly. */
  noProxy?: string[];
}
