import type { Locator } from '@playwright/test'

/** Records each value that an attribute takes from now on; read them by calling what is returned. */
export async function record(element: Locator, attribute: string): Promise<() => Promise<string[]>> {
  const recorded = await element.evaluateHandle((node, attribute) => {
    const values: string[] = []
    new MutationObserver(() => {
      const value = node.getAttribute(attribute)
      if (value !== null && value !== values.at(-1)) values.push(value)
    }).observe(node, { attributeFilter: [attribute] })
    return values
  }, attribute)
  return () => recorded.jsonValue()
}
