import type { BrowserContext, Page } from '@playwright/test'

/**
 * The tabs of one window, of which the newest or the one shown last is seen.
 *
 * A headless Chromium takes every page for visible, whichever is in front. So the pages here are told what a window
 * would tell them: `document.hidden`, `document.visibilityState` and the event that they have changed.
 */
export class Tabs {
  readonly #context: BrowserContext
  #shown: Page | undefined

  constructor(context: BrowserContext) {
    this.#context = context
  }

  /** Opens an address in a new tab, before the others. */
  async open(url: string): Promise<Page> {
    const page = await this.#context.newPage()
    await this.take(page)
    await page.goto(url)
    return page
  }

  /** Takes in a page that has not been anywhere yet. */
  async take(page: Page): Promise<void> {
    await page.addInitScript(() => {
      const tab = { hidden: false }
      Object.defineProperty(document, 'hidden', { get: () => tab.hidden })
      Object.defineProperty(document, 'visibilityState', { get: () => (tab.hidden ? 'hidden' : 'visible') })
      Object.assign(window, { tab })
    })
    await this.show(page)
  }

  async show(page: Page): Promise<void> {
    await this.hide()
    this.#shown = page
    await setHidden(page, false)
  }

  /** Hides the tab that is seen, as another program before the window does. */
  async hide(): Promise<void> {
    if (this.#shown) await setHidden(this.#shown, true)
    this.#shown = undefined
  }
}

async function setHidden(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate(hidden => {
    const { tab } = window as { tab?: { hidden: boolean } }
    // An empty page, to which nothing was told yet.
    if (!tab || tab.hidden === hidden) return
    tab.hidden = hidden
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
  }, hidden)
}
