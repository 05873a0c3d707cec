// What an ES5 browser lacks besides Promise and fetch. The legacy build puts these in place of the globals of the
// same names, so that the page's own globals stay as they are.

// Not by their names, which the build replaces here too.
const page = self as unknown as {
  AbortController?: unknown
  URL?: unknown
  crypto?: Crypto
  msCrypto?: Crypto
}

type Listener = () => void

class SimpleAbortSignal {
  aborted = false
  listeners: Listener[] = []

  addEventListener(_type: string, listener: Listener): void {
    this.listeners = this.listeners.concat(listener)
  }

  removeEventListener(_type: string, listener: Listener): void {
    this.listeners = this.listeners.filter(other => other !== listener)
  }
}

class SimpleAbortController {
  signal = new SimpleAbortSignal()

  abort(): void {
    const { signal } = this
    if (signal.aborted) return
    signal.aborted = true
    for (const listener of signal.listeners) listener()
  }
}

class AnchorURL {
  href: string
  origin: string

  constructor(url: string) {
    const anchor = document.createElement('a')
    anchor.href = url
    this.href = anchor.href
    // Internet Explorer fills in the parts only for an absolute href, and names the default port.
    anchor.href = this.href
    this.origin = `${anchor.protocol}//${anchor.host.replace(/:(80|443)$/, '')}`
  }
}

const weakCrypto = {
  getRandomValues(values: Uint32Array): Uint32Array {
    for (let i = 0; i < values.length; i++) values[i] = Math.random() * 2 ** 32
    return values
  },
}

const AbortControllerStandIn: unknown = page.AbortController || SimpleAbortController
const URLStandIn: unknown = typeof page.URL === 'function' ? page.URL : AnchorURL
const cryptoStandIn: unknown = page.crypto || page.msCrypto || weakCrypto

export { AbortControllerStandIn as AbortController, cryptoStandIn as crypto, URLStandIn as URL }
