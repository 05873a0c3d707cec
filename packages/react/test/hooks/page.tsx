import type { ReactNode } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { Harness, setUpHarness } from '../../../adapter-kit/src/harness'
import { TaskClientProvider, type UseTaskReturn } from '../../src'

/** A page that React renders. */
export class Page extends Harness<UseTaskReturn> {
  container = document.createElement('div')
  root: Root | undefined

  render(content: ReactNode): void {
    this.root ||= createRoot(this.container)
    this.root.render(<TaskClientProvider client={this.client}>{content}</TaskClientProvider>)
  }

  unmount(): void {
    this.root?.unmount()
    this.root = undefined
  }

  /** Waits until the page shows a text. */
  async shows(text: string): Promise<void> {
    await this.until(() => this.container.textContent === text)
  }
}

export function setUpPage(): Page {
  const page = new Page()
  return setUpHarness(
    page,
    () => new Page(),
    () => page.unmount(),
  )
}
