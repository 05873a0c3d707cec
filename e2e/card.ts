import { expect, type Locator, type Page } from '@playwright/test'
import { record } from './record.ts'

/** One card of the script-tag page, found as a visitor finds its parts: by their roles and names. */
export class Card {
  readonly root: Locator
  readonly runButton: Locator
  readonly cancelButton: Locator
  readonly bar: Locator
  readonly messages: Locator
  readonly state: Locator
  readonly outcome: Locator
  readonly json: Locator

  constructor(page: Page, title: string) {
    this.root = page.getByRole('region', { name: title, exact: true })
    this.runButton = this.root.getByRole('button', { name: /^Run:/ })
    this.cancelButton = this.root.getByRole('button', { name: /^Cancel:/ })
    this.bar = this.root.getByRole('progressbar')
    this.messages = this.root.getByRole('log').getByRole('listitem')
    this.state = this.root.getByRole('status').first()
    this.outcome = this.root.getByRole('status').last()
    this.json = this.root.getByRole('link', { name: 'The task as JSON' })
  }

  async run(): Promise<void> {
    await this.runButton.click()
  }

  /** Everything of the card that is about the task, without the code samples beside it. */
  get live(): Locator {
    return this.root.locator('.live')
  }

  async expectState(state: string): Promise<void> {
    await expect(this.state).toHaveText(state)
  }

  /** Records each value of the progress bar from now on; read them by calling what is returned. */
  async recordProgress(): Promise<() => Promise<number[]>> {
    const values = await record(this.bar, 'aria-valuenow')
    return async () => (await values()).map(Number)
  }

  /** Records where the end of the bar is drawn, at each frame in which it is elsewhere than before. */
  async recordDrawnEnds(): Promise<() => Promise<number[]>> {
    const recorded = await this.bar.locator('span').evaluateHandle(span => {
      const ends: number[] = []
      function look() {
        const end = span.getBoundingClientRect().right
        if (end !== ends.at(-1)) ends.push(end)
        requestAnimationFrame(look)
      }
      look()
      return ends
    })
    return () => recorded.jsonValue()
  }

  /** The task's snapshot as the server has it now. */
  async snapshot(): Promise<Record<string, unknown>> {
    await expect(this.json).toBeVisible()
    const response = await this.root.page().request.get((await this.json.getAttribute('href')) ?? '')
    expect(response.status()).toBe(200)
    return response.json()
  }
}
