package io.penstock.format;

import java.util.List;
import java.util.Map;

/// Pages of fragment lists in JSON.
final class PageJson {
  static final String KIND = "page";

  private PageJson() {}

  static byte[] print(Page page) {
    Map<String, Object> members = Envelope.begin(KIND, List.of());
    switch (page) {
      case Page.OfFragments(List<FragmentEntry> fragments) -> {
        members.put("level", 0);
        members.put("fragments", fragments.stream().map(FragmentJson::print).toList());
      }
      case Page.OfPages(int level, List<PageRef> pages) -> {
        members.put("level", level);
        members.put("pages", pages.stream().map(FragmentJson::print).toList());
      }
    }
    return Envelope.seal(members, Json.MAX_BYTES);
  }

  static Page parse(String key, byte[] bytes) {
    JsonObject object = Envelope.open(key, KIND, bytes, Json.MAX_BYTES);
    int level = object.integer("level", 0, FragmentJson.MAX_LEVEL);
    if (level == 0) {
      return new Page.OfFragments(
          object.objects("fragments", Page.MAX_ENTRIES).stream()
              .map(FragmentJson::fragment)
              .toList());
    }
    List<PageRef> pages =
        object.objects("pages", Page.MAX_ENTRIES).stream().map(FragmentJson::pageRef).toList();
    for (PageRef page : pages) {
      if (page.level() != level - 1) {
        throw object.corrupt("pages", "level " + page.level(), "pages of level " + (level - 1));
      }
    }
    return new Page.OfPages(level, pages);
  }
}
