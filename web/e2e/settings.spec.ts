// My picture, seen by the others; what one is told of, and when not.
import { type Page, expect, test } from './flock'

/** A photograph-like picture that is much larger than what is kept. */
async function large(page: Page): Promise<Buffer> {
  const base64 = await page.evaluate(() => {
    const canvas = document.createElement('canvas')
    canvas.width = 900
    canvas.height = 600
    const pen = canvas.getContext('2d') as CanvasRenderingContext2D
    for (let i = 0; i < 6_000; i++) {
      pen.fillStyle = `hsl(${(i * 37) % 360} 60% ${30 + (i % 50)}%)`
      pen.fillRect((i * 97) % 900, (i * 53) % 600, 24, 24)
    }
    return canvas.toDataURL('image/png').split(',')[1] as string
  })
  return Buffer.from(base64, 'base64')
}

test('a picture is made small, shown to the others, and taken away again', async ({ browser, community }) => {
  const [ana, ben] = await community('Ana', 'Ben')
  const hers = await ana!.opens(browser)
  await hers.getByRole('link', { name: 'Settings' }).click()
  const buffer = await large(hers)
  expect(buffer.length).toBeGreaterThan(20_000)
  await hers.locator('input[type=file]').setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer })
  await hers.getByRole('button', { name: 'Show it', exact: true }).click()
  await expect(hers.getByText('The others see your picture now.')).toBeVisible()

  const his = await ben!.opens(browser)
  await his.getByRole('link', { name: 'People' }).first().click()
  const face = his.locator('main .avatar img').first()
  await expect(face).toBeVisible()
  expect(await face.getAttribute('src')).toMatch(/^data:image\/(?:webp|jpeg);base64,/)
  expect(await face.evaluate(image => [(image as HTMLImageElement).naturalWidth, (image as HTMLImageElement).naturalHeight])).toEqual([128, 128])

  await hers.getByRole('button', { name: 'Take it away' }).click()
  await expect(his.locator('main .avatar img')).toHaveCount(0)
})

test('quiet hours and muted communities are remembered', async ({ browser, community }) => {
  const [ana] = await community('Ana')
  const page = await ana!.opens(browser)
  await page.context().grantPermissions(['notifications'])
  await page.getByRole('link', { name: 'Settings' }).click()
  await page.getByText('What is for me').click()
  await page.getByLabel('Nothing from Harbour Garden').check()
  await page.getByLabel('Quiet hours').check()
  await page.getByLabel('From', { exact: true }).fill('21:30')
  await page.reload()
  await expect(page.getByLabel('What is for me')).toBeChecked()
  await expect(page.getByLabel('Nothing from Harbour Garden')).toBeChecked()
  await expect(page.getByLabel('From', { exact: true })).toHaveValue('21:30')
})
