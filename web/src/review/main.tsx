import { begin } from "../sign_in/begin";
import ReviewPage from "./review_page";

begin(ReviewPage);
