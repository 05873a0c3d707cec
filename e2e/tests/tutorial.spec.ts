import { expect, test } from '../fixtures.ts'

test("the tutorial's page counts to ten", async ({ page }) => {
  await page.goto('/seeds/')
  await expect(page).toHaveTitle('Task API Example')
  await expect(page.getByText('Click "Run" to start the task.')).toBeVisible()
  const button = page.getByRole('button', { name: 'Run' })
  await button.click()
  await expect(button).toBeDisabled()
  await expect(page.getByText(/Progress: [1-9] \/ 10/)).toBeVisible()
  await expect(page.getByText('Progress: 10 / 10')).toBeVisible({ timeout: 20_000 })
  await expect(button).toBeEnabled()
})
