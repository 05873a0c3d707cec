import type { Locator, Page } from '@playwright/test'
import { expect } from './fixtures.ts'
import { record } from './record.ts'

/** What the page says of how it hears of its tasks. */
export class Connection {
  readonly root: Locator

  constructor(page: Page) {
    this.root = page.getByRole('complementary', { name: 'Connection' })
  }

  async expect(word: 'Idle' | 'Connecting' | 'Live' | 'Polling' | 'Offline'): Promise<void> {
    await expect(this.root.getByRole('strong')).toHaveText(word)
  }

  /** Records each state from now on; read them by calling what is returned. */
  async record(): Promise<() => Promise<string[]>> {
    return record(this.root, 'data-connection')
  }
}
