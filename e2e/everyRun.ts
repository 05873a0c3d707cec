import type { Page } from '@playwright/test'
import { Card } from './card.ts'
import { expect } from './fixtures.ts'

/**
 * Runs a task of each kind on the script-tag page, all at the same time, and expects each one's own end.
 *
 * @param steps - how many twentieths of a second the longest one takes
 */
export async function finishEveryRun(page: Page, steps = 60): Promise<void> {
  const find = (title: string) => new Card(page, title)
  const [sum, report, file, crash, backup, smooth] = [
    find('Checked inputs'),
    find('Messages'),
    find('Failing with a message'),
    find('Crashing'),
    find('Cancelling'),
    find('Smooth progress'),
  ]
  await smooth.root.getByLabel('Steps').fill(String(steps))
  const progress = await smooth.recordProgress()
  for (const card of [smooth, backup, report, sum, file, crash]) await card.run()

  await expect(sum.outcome).toHaveText('The sum is 6.5.')
  await file.expectState('Failed')
  await expect(file.outcome).toHaveText('The file has no header row.')
  await crash.expectState('Failed')
  await expect(report.outcome).toHaveText('report-january.pdf is ready.')
  await expect(report.messages).toHaveText([
    'Reading the orders …',
    'Drawing the chart …',
    'Writing the PDF …',
  ])
  await expect(backup.bar).toHaveAttribute('aria-valuenow', /[1-9]/)
  await backup.cancelButton.click()
  await backup.expectState('Cancelled')
  await expect(backup.messages).toHaveText(['Temporary files removed.'])
  await smooth.expectState('Succeeded')

  const values = await progress()
  expect(values).toEqual(values.toSorted((a, b) => a - b))
  expect(values.filter(value => value > 0 && value < 100)).not.toEqual([])
  expect(values.at(-1)).toBe(100)
}
