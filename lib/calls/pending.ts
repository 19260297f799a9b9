/** An answer that somebody waits for and somebody else gives. */
export interface Pending<T> {
  answer: Promise<T>;
  settle(value: T): void;
  fail(error: unknown): void;
}

export function pending<T>(): Pending<T> {
  let settle: Pending<T>['settle'] = () => undefined;
  let fail: Pending<T>['fail'] = () => undefined;
  const answer = new Promise<T>((resolve, reject) => {
    settle = resolve;
    fail = reject;
  });
  answer.catch(() => undefined); // whoever waits hears of it; without anybody it must not end the process
  return { answer, settle, fail };
}
