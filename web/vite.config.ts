import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// The pages. The widget's loader, which runs in other people's pages, is built by itself
// (vite.widget.config.ts).
export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    manifest: true,
    // The content-security policy allows no data: fonts and scripts.
    assetsInlineLimit: 0,
    // Of the library's size; the customer's chat has a budget of its own, which a test holds.
    chunkSizeWarningLimit: 2000,
    rolldownOptions: { input: ["index.html", "desk.html"] },
  },
  test: {
    environment: "jsdom",
    setupFiles: ["src/test_patience.ts"],
    testTimeout: 30_000,
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    css: false,
    server: { deps: { inline: [/@cloudscape-design/] } },
  },
});
