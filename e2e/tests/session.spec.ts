import { Card } from '../card.ts'
import { expect, test } from '../fixtures.ts'
import { logIn } from '../session.ts'

test('a logged-in visitor starts tasks with the CSRF header', { tag: '@embedded' }, async ({ page }) => {
  await logIn(page, 'demo')
  const card = new Card(page, 'Checked inputs')
  const posted = page.waitForRequest(request => request.method() === 'POST')
  await card.run()
  const request = await posted
  expect(new URL(request.url()).pathname).toBe('/tasks/')
  const cookies = await page.context().cookies()
  expect(request.headers()['x-csrftoken']).toBe(cookies.find(cookie => cookie.name === 'csrftoken')?.value)
  expect((await request.response())?.status()).toBe(201)
  await expect(card.outcome).toHaveText('The sum is 6.5.')
})

test('without its CSRF header a logged-in request is refused', async ({ page }) => {
  await logIn(page, 'demo')
  const response = await page.request.post('/tasks/', { data: { task: 'sum', inputs: { numbers: [1] } } })
  expect(response.status()).toBe(403)
  expect(await response.json()).toEqual({ detail: expect.stringContaining('CSRF') })
})

test('a task belongs to who started it', async ({ page, browser }) => {
  await logIn(page, 'demo')
  const card = new Card(page, 'Checked inputs')
  await card.run()
  await card.expectState('Succeeded')
  const { uuid } = await card.snapshot()

  await page.getByRole('link', { name: 'My tasks' }).click()
  const row = page.locator(`[data-uuid="${uuid}"]`)
  await expect(row).toContainText('sum')
  await expect(row).toContainText('Succeeded')

  const stranger = await browser.newPage()
  const response = await stranger.request.get(new URL(`/tasks/${uuid}/`, page.url()).href)
  expect(response.status()).toBe(404)
  await stranger.close()
})

test('own tasks can be cancelled and retried from their list', async ({ page }) => {
  await logIn(page, 'demo')
  const card = new Card(page, 'Cancelling')
  await card.run()
  await card.expectState('Running')
  const { uuid } = await card.snapshot()

  await page.goto('/my-tasks/')
  const row = page.locator(`[data-uuid="${uuid}"]`)
  await row.getByRole('button', { name: 'Cancel backup' }).click()
  await expect(row).toContainText('Cancelled')
  await row.getByRole('button', { name: 'Retry backup' }).click()
  await expect(row).toContainText('Running')
  await row.getByRole('button', { name: 'Cancel backup' }).click()
  await expect(row).toContainText('Cancelled')
})
