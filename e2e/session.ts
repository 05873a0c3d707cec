import { expect, type Page } from '@playwright/test'

/** Logs in with one of the accounts that the demo creates; the password is the name. */
export async function logIn(page: Page, name: 'demo' | 'admin'): Promise<void> {
  await page.goto('/login/')
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Password').fill(name)
  await page.getByRole('main').getByRole('button', { name: 'Log in' }).click()
  await expect(page.getByText(`Hello, ${name}`)).toBeVisible()
}
