/** Where a message is in its run, as `msg.workflow` carries it. */
export interface Position {
  id: string;
  key: string;
  pass: number;
  /** How often the message has been at each node, by node id. */
  visits: Record<string, number>;
  /** The step the message comes from, so that two branches which meet in one node are two steps. */
  last: string;
}
