// Sends a file with tus-js-client, stopping once in the middle and going on. Arguments: folder with node_modules, endpoint, token, file, metadata as JSON.
import { createReadStream, statSync } from 'node:fs'
import { createRequire } from 'node:module'

const [folder, endpoint, token, file, metadata] = process.argv.slice(2)
const { Upload } = createRequire(folder + '/')('tus-js-client')
let stopped = false

function send(uploadUrl) {
  const upload = new Upload(createReadStream(file), {
    endpoint,
    uploadUrl,
    headers: { Authorization: `Bearer ${token}` },
    metadata: JSON.parse(metadata),
    uploadSize: statSync(file).size,
    chunkSize: 300_000,
    retryDelays: null,
    onChunkComplete: () => {
      if (!stopped) {
        stopped = true
        upload.abort().then(() => send(upload.url))
      }
    },
    onError: (error) => { console.error(String(error)); process.exit(1) },
    onSuccess: () => console.log(JSON.stringify({ url: upload.url, resumed: stopped })),
  })
  upload.start()
}
send(null)
