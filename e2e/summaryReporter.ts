import type { FullConfig, Reporter, Suite } from '@playwright/test/reporter'

/** Ends the run with one line in the same words as the project's other runners. */
export default class SummaryReporter implements Reporter {
  #suite: Suite | undefined
  // Such as a server that did not start.
  #errors = 0

  onBegin(_config: FullConfig, suite: Suite): void {
    this.#suite = suite
  }

  onError(): void {
    this.#errors += 1
  }

  onExit(): Promise<void> {
    const outcomes = (this.#suite?.allTests() ?? []).map(test => test.outcome())
    const count = (outcome: string) => outcomes.filter(each => each === outcome).length
    const failed = count('unexpected') + this.#errors
    const skipped = count('skipped')
    const notRun = skipped ? `, ${skipped} skipped` : ''
    process.stdout.write(`\n${count('expected') + count('flaky')} passed, ${failed} failed${notRun}\n`)
    return Promise.resolve()
  }

  printsToStdio(): boolean {
    // The list reporter before this one does the talking.
    return false
  }
}
