import { expect, test } from '../fixtures.ts'
import { logIn } from '../session.ts'

const pages = ['/', '/react/', '/vue/', '/seeds/', '/my-tasks/', '/login/']

for (const width of [360, 1280]) {
  test.describe(`at ${width} px`, () => {
    test.use({ viewport: { width, height: 800 } })

    for (const path of pages) {
      test(`${path} does not scroll sideways`, async ({ page }) => {
        const response = await page.goto(path)
        expect(response?.status()).toBe(200)
        await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
      })
    }

    test('the list of own tasks does not scroll sideways', async ({ page }) => {
      await logIn(page, 'demo')
      const posted = page.waitForResponse(response => response.request().method() === 'POST')
      await page.getByRole('button', { name: 'Run: Several outputs' }).click()
      await posted
      await page.goto('/my-tasks/')
      await expect(page.getByRole('listitem').filter({ hasText: 'count-words' }).first()).toBeVisible()
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
    })
  })
}
