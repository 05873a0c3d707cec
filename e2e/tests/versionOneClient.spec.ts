import { createRequire } from 'node:module'
import type { Page } from '@playwright/test'
import { expect, test } from '../fixtures.ts'

// The package as it was published for version 1 of this project, which people's pages still carry.
const client = createRequire(import.meta.url).resolve('django-task-api-v1/dist/django-task-api.min.js')

interface VersionOne {
  run: (task: string, inputs: object, progress?: (json: object) => void) => Promise<object>
}

declare const TaskAPI: VersionOne

test.beforeEach(async ({ page }) => {
  // A page of somebody's site: same origin, but none of the example's.
  await page.route('**/version-1/client.js', route => route.fulfill({ path: client }))
  await page.route('**/version-1/', route =>
    route.fulfill({
      contentType: 'text/html',
      body: '<!DOCTYPE html><link rel="icon" href="data:,"><script src="client.js"></script>',
    }),
  )
  await page.goto('/version-1/')
})

const outcomeOf = (page: Page, task: string, inputs: object) =>
  page.evaluate(
    async ([task, inputs]) => {
      const seen: object[] = []
      const run = TaskAPI.run(task, inputs, json => seen.push(json))
      const [settled, json] = await run.then(
        json => ['resolved', json] as const,
        json => ['rejected', json] as const,
      )
      return { settled, json, seen }
    },
    [task, inputs] as const,
  )

test("version 1's client runs sum, logged out", async ({ page }) => {
  const { settled, json } = await outcomeOf(page, 'sum', { numbers: [1, '2', 3.5] })
  expect(settled).toBe('resolved')
  expect(json).toMatchObject({ task: 'sum', status: 'succeeded', outputs: { sum: 6.5 } })
})

test("version 1's client follows wait to its end", async ({ page }) => {
  const { settled, json, seen } = await outcomeOf(page, 'wait', { seconds: 3 })
  expect(settled).toBe('resolved')
  expect(json).toMatchObject({ status: 'succeeded', progress: 3, target: 3, messages: [], outputs: {} })
  expect(seen).toContainEqual(expect.objectContaining({ status: 'running', target: 3 }))
  expect(seen.at(-1)).toEqual(json)
})

test("version 1's client rejects with the failed task", async ({ page }) => {
  const { settled, json } = await outcomeOf(page, 'import-csv', { text: 'Ada,ada@example.com' })
  expect(settled).toBe('rejected')
  expect(json).toMatchObject({ task: 'import-csv', status: 'failed' })
})
