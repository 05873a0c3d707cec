import { spawnSync } from 'node:child_process'
import { delimiter, join } from 'node:path'

const names = ['chromium', 'chromium-browser', 'google-chrome']

/** Finds an installed Chromium by its path; without one Playwright takes its own. */
export function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const paths = names.flatMap(name => folders.map(folder => join(folder, name)))
  // Asked for its version, because Ubuntu's package is a script that only tells to install something else.
  return paths.find(path => spawnSync(path, ['--version'], { stdio: 'ignore' }).status === 0)
}
