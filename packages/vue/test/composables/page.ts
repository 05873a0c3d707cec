import { type App, type Component, createApp, defineComponent, unref } from 'vue'
import { Harness, setUpHarness } from '../../../adapter-kit/src/harness'
import { createTaskApi, type UseTaskOptions, useTask } from '../../src'

/** What the refs of a composable hold at a moment. */
export type State = Record<string, unknown>

/** A page that Vue renders. */
export class Page extends Harness<State> {
  container = document.createElement('div')
  app: App | undefined

  mount(component: Component): void {
    this.app = createApp(component).use(createTaskApi(this.client))
    this.app.mount(this.container)
  }

  unmount(): void {
    this.app?.unmount()
    this.app = undefined
  }

  /** Notes what the refs hold, and shows the parts of it that are named. */
  show(refs: object, ...names: string[]): string {
    const state = Object.fromEntries(Object.entries(refs).map(([name, ref]) => [name, unref(ref)]))
    this.renders.push(state)
    return names.map(name => state[name]).join(' ')
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

/** A component that runs the task `sum`, and where it has left what the composable gave. */
export function createSum(page: Page, options?: UseTaskOptions) {
  const made: { sum: ReturnType<typeof useTask<'sum'>> } = {} as never
  const component = defineComponent(() => {
    made.sum = useTask('sum', options)
    const { sum } = made
    return () => page.show(sum, 'status')
  })
  return { component, made }
}
