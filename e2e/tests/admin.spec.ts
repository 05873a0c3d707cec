import { Card } from '../card.ts'
import { expect, test } from '../fixtures.ts'
import { logIn } from '../session.ts'

test('the administrator sees in the row who ran a task and why it crashed', async ({ page, browser }) => {
  const visitor = await browser.newPage()
  await visitor.goto('/')
  const card = new Card(visitor, 'Crashing')
  await card.run()
  await card.expectState('Failed')
  const { uuid } = await card.snapshot()
  await visitor.close()

  await logIn(page, 'admin')
  await page.goto(`/admin/task_api/taskinfo/?uuid=${uuid}`)
  await page.getByRole('table').getByRole('link', { name: 'crash' }).click()
  const field = (name: string) => page.locator(`.field-${name} .readonly`)
  await expect(field('uuid')).toHaveText(String(uuid))
  await expect(field('status')).toHaveText(/failed/i)
  await expect(field('attempt')).toHaveText('1')
  await expect(field('traceback')).toContainText("KeyError: 'the secret one'")
  // Only a Celery worker has a message to name: the web server ran nothing by itself.
  await expect(field('message_id')).toHaveText(/^[\da-f-]{36}$/)
})
