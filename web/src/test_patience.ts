import { configure } from "@testing-library/react";

// A busy machine may take its time; a test that fails does so for another reason.
configure({ asyncUtilTimeout: 10_000 });
