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
    rolldownOptions: {
      input: ["index.html", "desk.html", "review.html", "models.html"],
      output: { codeSplitting: { groups: [{ name: sharedWithTheChat }] } },
    },
  },
  test: {
    environment: "jsdom",
    setupFiles: ["src/test_patience.ts"],
    testTimeout: 30_000,
    include: ["src/**/*.test.{ts,tsx}"],
    // By itself Vitest leaves one core to its own main process, which hardly works: on two cores that is half of them.
    maxWorkers: "100%",
    restoreMocks: true,
    css: false,
    server: { deps: { inline: [/@cloudscape-design/] } },
  },
});

/**
 * What the chat and the desk load at once stays one file, whichever of it the review loads, too:
 * in two pieces it would be larger for the customer.
 */
function sharedWithTheChat(id: string, modules: Modules): string | null {
  const above = new Set([id]);
  for (const one of above) {
    for (const importer of modules.getModuleInfo(one)?.importers ?? []) above.add(importer);
  }
  const loaders = [...above].join("\n");
  return ["/src/chat/main", "/src/desk/main"].every((main) => loaders.includes(main))
    ? "shared"
    : null;
}

interface Modules {
  getModuleInfo(id: string): { importers: string[] } | null;
}
