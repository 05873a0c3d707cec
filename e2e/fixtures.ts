import { test as base, expect } from '@playwright/test'
import { Card } from './card.ts'

interface Fixtures {
  /** Errors in the console that the test brings about, such as the browser's line for an answer of status 400. */
  expectedErrors: RegExp[]
  noUnexpectedErrors: undefined
  noTasksLeft: undefined
  /** Opens the script-tag page and finds the card of this title. */
  openCard: (title: string) => Promise<Card>
}

export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads a fixture's needs off this pattern.
  expectedErrors: async ({}, use) => use([]),

  noUnexpectedErrors: [
    async ({ context, expectedErrors }, use) => {
      const errors: string[] = []
      context.on('weberror', webError => errors.push(String(webError.error())))
      context.on('console', message => {
        if (message.type() === 'error') errors.push(`${message.text()} (${message.location().url})`)
      })
      await use(undefined)
      expect(errors.filter(error => !expectedErrors.some(expected => expected.test(error)))).toEqual([])
    },
    { auto: true },
  ],

  // A test that fails half-way would otherwise keep the worker from the next ones' tasks.
  noTasksLeft: [
    async ({ context, baseURL }, use) => {
      const locations: string[] = []
      context.on('response', response => {
        if (response.status() === 201) locations.push(response.headers().location ?? '')
      })
      await use(undefined)
      const cookies = await context.cookies()
      const token = cookies.find(cookie => cookie.name === 'csrftoken')?.value
      const headers = token ? { 'X-CSRFToken': token } : {}
      const cancels = locations.map(location => {
        // A proxy that the page went through is gone by now.
        const url = new URL(new URL(location).pathname, baseURL ?? location)
        return context.request.post(`${url}cancel/`, { headers, data: {} })
      })
      // Some have ended, and so may have the server of a test that starts its own.
      await Promise.allSettled(cancels)
    },
    { auto: true },
  ],

  openCard: async ({ page }, use) =>
    use(async title => {
      await page.goto('/')
      return new Card(page, title)
    }),
})

export { expect }
